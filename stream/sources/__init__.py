"""Where sound comes from. All sources share one interface, `stream.sources.base.Source`."""
