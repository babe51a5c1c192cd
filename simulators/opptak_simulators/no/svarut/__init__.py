"""SvarUt REST version 2 (KS, OpenAPI of fiks-svarut-klient): letters out, status polled."""
