"""Reports: figures and pages about training and evaluation."""
