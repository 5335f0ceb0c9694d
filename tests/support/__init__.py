"""What tests share: the House (agencies, lake, app), histories and references, servers. No test lives here."""
