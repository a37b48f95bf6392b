ALTER TABLE jobs ADD COLUMN labels text[] NOT NULL DEFAULT '{}';
--> statement-breakpoint
UPDATE jobs SET labels = ARRAY['migrated'] WHERE status = 'archived';
