"""Team: who holds which role in a chapter, handing over, and chapters without a lead."""
