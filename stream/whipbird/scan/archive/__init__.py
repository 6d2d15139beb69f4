"""Archives: folders and object stores, their recordings and headers."""
