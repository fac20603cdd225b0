package past

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// The manual names each field of the JSON form.
func TestManualNamesEachField(t *testing.T) {
	manual, err := os.ReadFile("../../docs/backtest.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(manual), "\n## JSON\n")
	if !found {
		t.Fatal("there is no section on JSON")
	}
	names := map[string]bool{}
	fields(reflect.TypeFor[jsonReport](), names)
	fields(reflect.TypeFor[jsonDifferenceReport](), names)
	if len(names) < 60 {
		t.Fatalf("only %d fields were found", len(names))
	}
	for name := range names {
		if !strings.Contains(after, "`"+name+"`") {
			t.Errorf("docs/backtest.md doesn't name the field %s", name)
		}
	}
}

// fields collects the names of a type's fields, and of those within.
func fields(of reflect.Type, names map[string]bool) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice:
		fields(of.Elem(), names)
	case reflect.Struct:
		for i := range of.NumField() {
			f := of.Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
				names[name] = true
			}
			fields(f.Type, names)
		}
	default:
	}
}
