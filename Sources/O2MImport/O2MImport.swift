// O2MImport
