package sqlite

import (
	"context"
	"testing"
)

// AsVersion makes a file one of another version of the schema.
func AsVersion(t *testing.T, path string, number int) {
	t.Helper()
	ctx := context.Background()
	s, err := connect(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := schemaSum(ctx, s.writer, number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.ExecContext(ctx, "INSERT INTO schema_version (version, sum) VALUES ($1, $2)", number, sum); err != nil {
		t.Fatal(err)
	}
	if err := s.disconnect(); err != nil {
		t.Fatal(err)
	}
}
