"""Whether log, facts and entries agree, and the certificate of it."""
