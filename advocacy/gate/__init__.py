"""Gate: what protects public forms from robots and floods: rates, proofs of work, domains."""
