package people_test

import (
	"os"
	"strings"
	"testing"
)

// The manual names every path and every field that a request may have.
func TestManual(t *testing.T) {
	b, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(b)
	described := get[struct {
		Paths      map[string]any
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}](t, newDaemon(), "/api/openapi.json")
	words := []string{
		"/api/v2/alerts", "/api/v2/alerts/groups", "/api/v2/silences", "/api/v2/silence/{id}", "/api/v2/status",
		"untilResolved", "matching", "filter", "limit", "cursor", "held",
	}
	for path := range described.Paths {
		words = append(words, path)
	}
	for _, schema := range []string{"Acknowledge", "Alert", "Held", "AlertPage", "Acknowledgement"} {
		if len(described.Components.Schemas[schema].Properties) == 0 {
			t.Errorf("%s is not described", schema)
		}
		for field := range described.Components.Schemas[schema].Properties {
			words = append(words, field)
		}
	}
	for _, word := range words {
		if !strings.Contains(manual, word) {
			t.Errorf("docs/api.md lacks %s", word)
		}
	}
}
