ALTER TABLE clients ADD COLUMN vat_number text;
--> statement-breakpoint
UPDATE clients SET vat_number = upper(country) || lpad(id::text, 9, '0') WHERE country IN ('AT', 'DE', 'FR', 'PL');
--> statement-breakpoint
CREATE INDEX clients_by_vat ON clients (vat_number) WHERE vat_number IS NOT NULL;
