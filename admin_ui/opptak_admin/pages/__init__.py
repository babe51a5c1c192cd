"""The pages of the staff site: one module for each thing that staff look after."""
