package file

import (
	"cmp"
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
	more.Pattern, more.Enum = cmp.Or(more.Pattern, alternatives(more.Enum)), nil // an enum would be one of mappings too
	more.Description, more.Properties, more.Required, more.Additional = s.Description, s.Properties, s.Required, s.Additional
	more.Type = append([]string{"object"}, more.Type...)
	more.Dependencies, more.AnyOf = s.Dependencies, s.AnyOf
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
		if s.Dependencies == nil {
			s.Dependencies = map[string]*schema{}
		}
		first := s.Dependencies[p[0]]
		if first == nil {
			first = &schema{Properties: map[string]*schema{}}
			s.Dependencies[p[0]] = first
		}
		first.Properties[p[1]] = &schema{Type: []string{"null"}, Error: p[0] + " and " + p[1] + " exclude one another"}
	}
}

// alternatives is the pattern of several words.
func alternatives(words []any) string {
	var all []string
	for _, w := range words {
		if s, ok := w.(string); ok {
			all = append(all, regexp.QuoteMeta(s))
		}
	}
	if all == nil {
		return ""
	}
	return "^(" + strings.Join(all, "|") + ")$"
}

func slug(what string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", "_", "-").Replace(what))
}
