"""Where sound comes from. All sources share one interface, `whipbird.sources.base.Source`."""
