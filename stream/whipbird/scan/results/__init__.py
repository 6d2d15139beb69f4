"""Results of a scan: a folder of Parquet files, the results read from it, and exports of them."""
