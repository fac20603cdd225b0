package file

import (
	"path/filepath"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"
)

// A rawGroup is a group of rules as written.
type rawGroup struct {
	pos
	file string // as in keys: relative to the config, with slashes

	name     text
	interval span
	schedule text
	timezone text
	offset   span
	limit    count
	source   text
	labels   []entry
	rules    []*rawRule
}

// An entry is a label or annotation as written.
type entry struct {
	name  string
	value text
}

// ruleFile reads a rule file.
func (d *doc) ruleFile(root *yaml.Node) []*rawGroup {
	if root == nil {
		return nil
	}
	var groups []*rawGroup
	seen := map[string]bool{}
	d.object(root, "rule file", fields{
		"groups": d.each("groups", func(n *yaml.Node) {
			g := d.group(n)
			if g.name.set() && seen[g.name.s] {
				g.name.bad(CodeDuplicate, "group %q is there twice in this file", short(g.name.s))
			}
			seen[g.name.s] = true
			groups = append(groups, g)
		}),
	})
	return groups
}

func (d *doc) group(n *yaml.Node) *rawGroup {
	g := &rawGroup{pos: d.at(n), file: filepath.ToSlash(d.name)}
	d.object(n, "group", fields{
		"name":         d.text(&g.name),
		"interval":     d.span(&g.interval),
		"schedule":     d.text(&g.schedule),
		"timezone":     d.text(&g.timezone),
		"query_offset": d.span(&g.offset),
		"limit":        d.count(&g.limit),
		"source":       d.text(&g.source),
		"labels":       d.entries(&g.labels, "label"),
		"rules":        d.each("rules", func(n *yaml.Node) { g.rules = append(g.rules, d.rule(n)) }),
	})
	if g.name.s == "" && (null(n) || resolve(n).Kind == yaml.MappingNode) {
		g.bad(CodeMissing, "a group needs a name")
	}
	for _, r := range g.rules {
		r.group = g
	}
	return g
}

// entries reads labels or annotations.
func (d *doc) entries(into *[]entry, what string) setter {
	return d.dict(what+"s", func(key, value *yaml.Node) {
		if !model.UTF8Validation.IsValidLabelName(key.Value) || what == "label" && key.Value == model.MetricNameLabel {
			d.at(key).bad(CodeName, "%q is not a name of a %s", short(key.Value), what)
			return
		}
		e := entry{name: key.Value, value: text{pos: d.at(value)}}
		if s, ok := d.scalar(value); ok {
			e.value.s = s
		} else if !null(value) {
			return
		}
		*into = append(*into, e)
	})
}
