package file

import (
	"bytes"
	_ "embed" // the words
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// schemaText says of each key what it is for, and of objects what the decoder finds
// out only once it has read all of them. It has no say in which keys there are.
//
//go:embed schema_words.yaml
var schemaText []byte

// objectWords are what is said of an object.
type objectWords struct {
	Is       string              `yaml:"is"`
	Needs    []string            `yaml:"needs"`        // keys that must be there
	NeedsOne []string            `yaml:"needs one of"` // of which one must be there
	Excludes [][]string          `yaml:"excludes"`     // pairs that exclude one another
	Keys     map[string]keyWords `yaml:"keys"`

	shared map[string]keyWords
}

// keyWords are what is said of a key: a text, or a mapping.
type keyWords struct {
	Is       string `yaml:"is"`
	Examples []any  `yaml:"examples"`
	Pattern  string `yaml:"pattern"` // of its texts, or of those of its list
	Say      string `yaml:"say"`     // what is wrong with others
}

// UnmarshalYAML reads either.
func (k *keyWords) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		k.Is = n.Value
		return nil
	}
	type plain keyWords
	return n.Decode((*plain)(k))
}

// everywhere stands for all objects that say nothing else of a key.
const everywhere = "everywhere"

func schemaWords() map[string]objectWords {
	all := map[string]objectWords{}
	dec := yaml.NewDecoder(bytes.NewReader(schemaText))
	dec.KnownFields(true)
	if err := dec.Decode(&all); err != nil {
		panic("schema_words.yaml: " + err.Error()) // it is embedded, and a test reads it
	}
	for what, o := range all {
		o.shared = all[everywhere].Keys
		all[what] = o
	}
	return all
}

// schema is the schema of the object, still without its keys.
func (o objectWords) schema() *schema {
	s := &schema{
		Type: []string{"object"}, Description: o.Is, Additional: false,
		Properties: map[string]*schema{}, Required: o.Needs,
	}
	for _, key := range o.NeedsOne {
		s.AnyOf = append(s.AnyOf, &schema{Required: []string{key}})
	}
	return s
}

const fileSuffix = "_file"

// describe adds to a key's schema what it is for.
func (o objectWords) describe(key string, s *schema) *schema {
	k, ok := o.Keys[key]
	if !ok {
		k = o.shared[key]
	}
	if k.Is == "" && strings.HasSuffix(key, fileSuffix) {
		k.Is = "In place of " + strings.TrimSuffix(key, fileSuffix) + ": the file that holds it, read each time it is used."
	}
	s.Description, s.Examples = k.Is, k.Examples
	if k.Pattern != "" {
		k.narrow(s)
	}
	return s
}

// narrow says which texts are taken, as a value or in a list.
func (k keyWords) narrow(s *schema) {
	for _, s := range []*schema{s, s.Items} {
		if s == nil || !slices.Contains(s.Type, "string") {
			continue
		}
		s.Pattern, s.PatternError = k.Pattern, k.Say
		s.Type = slices.DeleteFunc(s.Type, func(t string) bool {
			return t == "number" && !k.takes("5") || t == "boolean" && !k.takes("true")
		})
	}
}

// takes reports whether a text is taken that could be of another type.
func (k keyWords) takes(text string) bool {
	return regexp.MustCompile(k.Pattern).MatchString(text)
}
