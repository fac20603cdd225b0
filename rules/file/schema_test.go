package file

import (
	"bytes"
	"encoding/json"
	goflag "flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

var updateSchemas = goflag.Bool("update-schemas", false, "write docs/schema anew")

// The copies that files of this repository name are those of the program.
func TestSchemaCopies(t *testing.T) {
	for _, kind := range SchemaKinds() {
		name := "../../docs/schema/" + kind + ".schema.json"
		now, err := Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		if *updateSchemas {
			if err := os.WriteFile(name, now, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if read(t, name) != string(now) {
			t.Errorf("%s is not what tocsin schema %s prints: go test ./rules/file -run TestSchemaCopies -update-schemas", name, kind)
		}
	}
}

func TestSchemaUnknown(t *testing.T) {
	if _, err := Schema("rulez"); err == nil || err.Error() != `no schema of "rulez": there is rules, config, tests, thresholds` {
		t.Error(err)
	}
}

// Each key of the decoder has words, and each word belongs to a key of the decoder.
func TestSchemaWords(t *testing.T) {
	used := map[string]bool{}
	for _, r := range roots() {
		a, _ := askDecoder(r.read)
		s := r.schema()
		s.Definitions[""] = s
		for _, name := range slices.Sorted(maps.Keys(s.Definitions)) {
			d := s.Definitions[name]
			if d.Description == "" && (d.Properties != nil || name == "") && r.kind != "thresholds" {
				t.Errorf("%s: nothing says what the object %q is", r.kind, name)
			}
			for key, p := range d.Properties {
				if p.Description == "" {
					t.Errorf("%s: no words for %q of %q: add them to schema_words.yaml", r.kind, key, name)
				}
				used[name+"."+key] = true
			}
		}
		for what, o := range a.objects {
			for key := range o {
				used[slug(what)+"."+key] = true
			}
		}
	}
	shared := map[string]bool{}
	for at := range used {
		_, key, _ := strings.Cut(at, ".")
		shared[key] = true
	}
	for what, o := range schemaWords() {
		for key := range o.Keys {
			if what == everywhere && !shared[key] || what != everywhere && !used[slug(what)+"."+key] {
				t.Errorf("schema_words.yaml has %q of %q, and the decoder has not", key, what)
			}
		}
	}
}

// validators are the schemas as an independent reader of them has them.
func validators(t testing.TB) map[string]*jsonschema.Schema {
	t.Helper()
	all := map[string]*jsonschema.Schema{}
	for _, kind := range SchemaKinds() {
		b, err := Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource(kind+".json", doc); err != nil {
			t.Fatal(err)
		}
		if all[kind], err = c.Compile(kind + ".json"); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// instance is a YAML text as an editor hands it to a schema: YAML 1.2, merges done.
// What JSON has no words for is reported.
func (d *doc) instance(n *yaml.Node) any {
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for _, p := range d.pairs(n) {
			m[p.key.Value] = d.instance(p.value)
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, d.instance(c))
		}
		return list
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	case "!!str", "!!timestamp":
	default:
		d.at(n).bad(CodeYAML, "a tag")
	}
	return n.Value
}

// A verdict is what schema and decoder say of a text.
type verdict struct {
	schema error
	codes  []Code // of the decoder's mistakes
	text   string // of its first mistake
}

func judge(all map[string]*jsonschema.Schema, kind, text string) (v verdict, ok bool) {
	s := &sink{}
	d := newDoc("", []byte(text), s)
	root := d.parse()
	if root == nil {
		return v, false
	}
	json := d.instance(root)
	if s.failed(0) {
		return v, false // an editor says so before it asks the schema
	}
	v.schema = all[kind].Validate(json)
	for _, p := range problemsOf(kind, text) {
		if !p.Warning {
			v.codes = append(v.codes, Code(p.Code))
			if v.text == "" {
				v.text = p.Error()
			}
		}
	}
	return v, true
}
