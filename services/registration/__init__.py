"""Who is whom: returnees and other persons, consent, needs, referrals, follow-ups."""
