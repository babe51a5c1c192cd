"""Norwegian registers: Folkeregisteret, KRR, ID-porten, NBR, Kartverket and the rule set."""
