package file

import (
	"maps"
	"reflect"
	"slices"

	"github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/model/relabel"
)

// typed is the schema of somebody else's type, as strict reads it.
func (w *schemaWriter) typed(t reflect.Type, what string) *schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if free := elemOf(t); free != nil {
		return w.typedMany(t, free, what)
	}
	s := typedScalar(t)
	switch {
	case s != nil:
	case t.Kind() == reflect.Struct && len(fieldNames(t)) > 0:
		return w.typedObject(t, what)
	default:
		return &schema{}
	}
	return orNull(s)
}

// typedMany is a list, or a mapping with free keys.
func (w *schemaWriter) typedMany(t, elem reflect.Type, what string) *schema {
	s := &schema{Type: []string{"array", "null"}, Items: w.typed(elem, what)}
	if t.Kind() != reflect.Slice {
		s = &schema{Type: []string{"object", "null"}, Additional: w.typed(elem, what)}
	}
	return s
}

// typedScalar is the schema of a single value; nil: it is none.
func typedScalar(t reflect.Type) *schema {
	switch t {
	case reflect.TypeFor[config.URL](), reflect.TypeFor[relabel.Regexp]():
		return anyText()
	case reflect.TypeFor[config.TLSVersion]():
		return wordForm(slices.Sorted(maps.Keys(config.TLSVersions))...)()
	}
	switch t.Kind() {
	case reflect.String:
		return anyText()
	case reflect.Bool:
		return flagForm()
	case reflect.Uint64:
		return &schema{Type: []string{"integer"}, Minimum: new(float64)}
	default:
		return nil
	}
}

func (w *schemaWriter) typedObject(t reflect.Type, what string) *schema {
	name := slug(what)
	if _, ok := w.defs[name]; !ok {
		w.defs[name] = nil
		about := w.words[what]
		s := about.schema()
		for key := range fieldNames(t) {
			sub, _ := fieldOf(t, key)
			s.Properties[key] = about.describe(key, w.typed(sub, key+" section"))
		}
		s.Type = append(s.Type, "null")
		about.exclude(s)
		w.defs[name] = s
	}
	return &schema{Ref: "#/definitions/" + name}
}
