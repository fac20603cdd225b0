package file

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A schema is a JSON Schema of draft 7, which is what editors read best, with the
// keywords of their own that give better messages.
type schema struct {
	Draft        string             `json:"$schema,omitempty"`
	Title        string             `json:"title,omitempty"`
	Ref          string             `json:"$ref,omitempty"`
	Description  string             `json:"description,omitempty"`
	Examples     []any              `json:"examples,omitempty"`
	Type         []string           `json:"type,omitempty"`
	Enum         []any              `json:"enum,omitempty"`
	Const        any                `json:"const,omitempty"`
	Pattern      string             `json:"pattern,omitempty"`
	PatternError string             `json:"patternErrorMessage,omitempty"`
	Error        string             `json:"errorMessage,omitempty"`
	Minimum      *float64           `json:"minimum,omitempty"`
	MinItems     int                `json:"minItems,omitempty"`
	MaxItems     int                `json:"maxItems,omitempty"`
	Items        *schema            `json:"items,omitempty"`
	Required     []string           `json:"required,omitempty"`
	Properties   map[string]*schema `json:"properties,omitempty"`
	Additional   any                `json:"additionalProperties,omitempty"`
	If           *schema            `json:"if,omitempty"`
	Then         *schema            `json:"then,omitempty"`
	AllOf        []*schema          `json:"allOf,omitempty"`
	AnyOf        []*schema          `json:"anyOf,omitempty"`
	Not          *schema            `json:"not,omitempty"`
	Definitions  map[string]*schema `json:"definitions,omitempty"`
}

// A root is a kind of file that has a schema.
type root struct {
	kind, title string
	read        func(*doc, *yaml.Node)
}

func roots() []root {
	return []root{
		{"rules", "tocsin rule file", func(d *doc, n *yaml.Node) { d.ruleFile(n) }},
		{"config", "tocsin config", func(d *doc, n *yaml.Node) { d.config(n) }},
		{"tests", "tocsin test file", func(d *doc, n *yaml.Node) { (&loader{files: Memory{}, sink: d.sink}).suiteOf(d, n) }},
		{"thresholds", "tocsin thresholds file", func(d *doc, n *yaml.Node) { d.thresholds(n) }},
	}
}

// SchemaKinds returns the kinds of files that Schema knows.
func SchemaKinds() (all []string) {
	for _, r := range roots() {
		all = append(all, r.kind)
	}
	return all
}

// Schema returns the JSON Schema of a kind of file, for editors. It says what the
// decoder says of itself, so what it refuses the decoder refuses; what only the
// meaning of a file can tell, it leaves to the decoder.
func Schema(kind string) ([]byte, error) {
	i := slices.IndexFunc(roots(), func(r root) bool { return r.kind == kind })
	if i < 0 {
		return nil, fmt.Errorf("no schema of %q: there is %s", short(kind), strings.Join(SchemaKinds(), ", "))
	}
	return roots()[i].schema().json()
}

func (r root) schema() *schema {
	a, t := askDecoder(r.read)
	w := &schemaWriter{asked: a, words: schemaWords(), defs: map[string]*schema{}}
	s := w.whole(t)
	s.Draft, s.Title = "http://json-schema.org/draft-07/schema#", r.title
	s.Definitions = w.defs
	return s
}

func (s *schema) json() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return out.Bytes(), nil
}
