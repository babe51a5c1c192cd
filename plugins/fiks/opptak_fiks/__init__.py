"""KS Fiks: SvarUt delivery."""
