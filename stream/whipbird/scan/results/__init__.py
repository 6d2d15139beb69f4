"""Results of a scan: a folder of Parquet files, and what is made of it."""
