package file

import (
	"bytes"
	"slices"

	"gopkg.in/yaml.v3"
)

// IsConfig reports whether a text looks like a config rather than a rule file:
// it is a mapping without groups, of which at least one key is a config's.
func IsConfig(src []byte) bool {
	if hasKey(src, "groups:") {
		return false
	}
	d := newDoc("", src, &sink{})
	root := d.parse()
	if root == nil || root.Kind != yaml.MappingNode {
		return false
	}
	config := false
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch root.Content[i].Value {
		case "groups":
			return false
		case "global", "route", "receivers", "prometheus", "sources", "rule_files", "templates", "store":
			config = true
		}
	}
	return config
}

// IsOther reports whether a text is for others: YAML whose keys are for the larger part
// neither those of a config nor groups, or tests of rules, or Prometheus' own config.
// What cannot be read is not: its author has to know.
func IsOther(src []byte) bool {
	tests := hasKey(src, "tests:")
	if hasKey(src, "groups:") && !tests {
		return false
	}
	s := &sink{}
	root := newDoc("", src, s).parse()
	switch {
	case len(s.all) > 0:
		return false
	case tests && child(root, "tests") != nil:
		return true
	}
	return child(root, "groups") == nil && (!IsConfig(src) || foreign(src, root))
}

// foreign reports whether a mapping that has a key of a config is nevertheless somebody
// else's: half of its keys are of no config, as with the global of a Helm chart or the
// receivers of a collector; or it says what to scrape.
func foreign(src []byte, root *yaml.Node) bool {
	s := &sink{}
	d := newDoc("", src, s)
	d.config(root)
	unknown := 0
	for i := 0; i+1 < len(root.Content); i += 2 {
		key := root.Content[i]
		if key.Value == "scrape_configs" {
			return true
		}
		line, col, _ := d.place(key)
		if slices.ContainsFunc(s.all, func(p *problem) bool {
			return p.Code == string(CodeUnknownKey) && p.Line == line && p.Col == col
		}) {
			unknown++
		}
	}
	return 4*unknown >= len(root.Content) // which has two nodes for each key
}

// hasKey finds a key of the outermost mapping without reading the rest, which takes its
// time: nothing but a key begins a line that way.
func hasKey(src []byte, key string) bool {
	return bytes.HasPrefix(src, []byte(key)) || bytes.Contains(src, []byte("\n"+key))
}
