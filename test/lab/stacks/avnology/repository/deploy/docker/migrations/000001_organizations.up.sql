CREATE TABLE organizations (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	slug text NOT NULL UNIQUE,
	display_name text NOT NULL,
	branding jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE members (
	organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	identity_id uuid NOT NULL,
	role text NOT NULL DEFAULT 'member',
	PRIMARY KEY (organization_id, identity_id)
);
