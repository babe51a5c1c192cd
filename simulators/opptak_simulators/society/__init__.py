"""The people of the training country: who they are, where they live, who answers for whom."""
