"""Errands: long work that somebody asked for and waits for, with how far it is."""
