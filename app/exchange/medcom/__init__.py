"""MedCom messages: letters between doctors, hospitals and municipalities, read from whatever wrapping they come in."""
