"""The look both sites share: theme, page frame, components, assets, dates and amounts."""
