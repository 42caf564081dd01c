"""Program text, generators, oracle, minimizer, campaigns, and the command line."""

import model as model  # first of all: it decides whether sources or compiled modules are imported
