ALTER TABLE clients RENAME COLUMN name TO display_name;
--> statement-breakpoint
UPDATE clients SET display_name = left(display_name, 5);
--> statement-breakpoint
DELETE FROM receipts WHERE id % 2 = 0;
