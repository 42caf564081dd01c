"""Program text, generators, oracle, minimizer, campaigns, and the command line."""
