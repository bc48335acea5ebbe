"""Messages from and to other systems: MedCom letters, the typing sheet, the courier envelope."""
