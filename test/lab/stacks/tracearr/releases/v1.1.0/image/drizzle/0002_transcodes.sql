ALTER TABLE sessions ADD COLUMN transcoded boolean;
--> statement-breakpoint
UPDATE sessions SET transcoded = (player->>'bitrate')::int < 4000;
