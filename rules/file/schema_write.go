package file

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A schemaWriter makes a schema of what the decoder takes, and of the words for it.
type schemaWriter struct {
	asked *asker
	words map[string]objectWords
	defs  map[string]*schema
}

// whole is the schema of a whole file: an object, or a mapping with free keys.
func (w *schemaWriter) whole(t *takes) *schema {
	if t.object != "" {
		return w.object(t.object)
	}
	return w.value(t)
}

// value is the schema of a value. What is taken of several kinds stands side by
// side in one schema, for each keyword holds for one kind only: editors then show
// what is wrong, where of an anyOf they would have to guess.
func (w *schemaWriter) value(t *takes) *schema {
	switch {
	case t.any:
		return &schema{}
	case t.typ != nil:
		return w.typed(t.typ, t.what)
	case t.object != "":
		return w.reference(t)
	}
	return w.plain(t)
}

// plain is what is taken besides an object.
func (w *schemaWriter) plain(t *takes) *schema {
	s := &schema{}
	if t.scalar != nil {
		s = t.scalar()
	}
	if t.dict != nil {
		s.Type, s.Additional = append(s.Type, "object"), w.value(t.dict)
	}
	if t.list != nil {
		s.Type, s.Items = append(s.Type, "array"), w.value(t.list)
		s.MinItems, s.MaxItems = t.size[0], t.size[1]
	}
	if t.null {
		return orNull(s)
	}
	return s
}

// orNull takes a key with nothing behind it too.
func orNull(s *schema) *schema {
	s.Type = append(s.Type, "null")
	if s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

// reference names the definition of an object, together with what else is taken in
// its place.
func (w *schemaWriter) reference(t *takes) *schema {
	name := slug(t.object)
	switch {
	case t.list != nil:
		name += "-or-list"
	case t.scalar != nil:
		name += "-or-word"
	}
	if _, ok := w.defs[name]; !ok {
		w.defs[name] = nil // it may hold itself
		w.defs[name] = w.define(t)
	}
	return &schema{Ref: "#/definitions/" + name}
}

func (w *schemaWriter) define(t *takes) *schema {
	s := w.object(t.object)
	if t.list == nil && t.scalar == nil {
		return s
	}
	more := w.plain(t)
	if more.Enum != nil { // it would be one of mappings too
		more.Pattern, more.PatternError = alternatives(more.Enum)
		more.Enum = nil
	}
	more.Description, more.Properties, more.Required, more.Additional = s.Description, s.Properties, s.Required, s.Additional
	more.Type = append([]string{"object"}, more.Type...)
	more.AllOf, more.AnyOf = append(more.AllOf, s.AllOf...), s.AnyOf
	return more
}

// object is the schema of an object whose keys are known.
func (w *schemaWriter) object(what string) *schema {
	about := w.words[what]
	s := about.schema()
	for key, t := range w.asked.objects[what] {
		if slices.Contains(about.Needs, key) {
			t.null = false
		}
		s.Properties[key] = about.describe(key, w.value(t))
	}
	if !w.asked.never[what] && len(about.Needs)+len(about.NeedsOne) == 0 {
		s.Type = append(s.Type, "null")
	}
	about.exclude(s)
	return s
}

// exclude adds which keys exclude one another: those that are said, and each secret
// and the file of it.
func (o objectWords) exclude(s *schema) {
	pairs := slices.Clone(o.Excludes)
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		if s.Properties[key+fileSuffix] != nil {
			pairs = append(pairs, []string{key, key + fileSuffix})
		}
	}
	for _, p := range pairs {
		s.AllOf = append(s.AllOf, excluding(p[0], p[1]))
	}
}

// excluding is: where one key says something, the other says nothing.
func excluding(one, other string) *schema {
	something := &schema{Not: &schema{Type: []string{"null"}}}
	nothing := &schema{Type: []string{"null"}, Error: one + " and " + other + " exclude one another"}
	return &schema{
		If:   &schema{Required: []string{one}, Properties: map[string]*schema{one: something}},
		Then: &schema{Properties: map[string]*schema{other: nothing}},
	}
}

// alternatives is the pattern of several words, and what to say of others.
func alternatives(words []any) (pattern, say string) {
	var all, quoted []string
	for _, w := range words {
		if s, ok := w.(string); ok {
			all, quoted = append(all, s), append(quoted, regexp.QuoteMeta(s))
		}
	}
	return "^(" + strings.Join(quoted, "|") + ")$", "expected keys, or " + either(all)
}

func slug(what string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", "_", "-").Replace(what))
}
