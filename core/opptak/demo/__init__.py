"""The demonstration: the whole story on simulated authorities, then a site to look around in."""
