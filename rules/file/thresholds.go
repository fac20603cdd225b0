package file

import (
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A thresholds is one file or variable of thresholds per alert.
type thresholds struct{ list []rawThreshold }

// A rawThreshold holds the levels that replace those of one alert.
type rawThreshold struct {
	pos
	name        string // alert, or id, or key of a rule
	warn, error rawLevel
	used        *bool
}

// thresholds reads {"Alert": {"warn": 0.3, "error": {"above": "500ms"}}}.
func (d *doc) thresholds(root *yaml.Node) thresholds {
	var out thresholds
	if root == nil {
		return out
	}
	d.dict("thresholds by alert", func(key, value *yaml.Node) {
		t := rawThreshold{pos: d.at(key), name: key.Value, used: new(bool)}
		d.object(value, "thresholds entry", fields{"warn": d.level(&t.warn), "error": d.level(&t.error)})
		out.list = append(out.list, t)
	})(root)
	return out
}

// of returns what is said about a rule.
func (t thresholds) of(raw *rawRule, r *rules.Rule) []rawThreshold {
	var all []rawThreshold
	for _, e := range t.list {
		if e.name == r.Alert || e.name == raw.id.s && e.name != "" {
			*e.used = true
			all = append(all, e)
		}
	}
	return all
}

// unused reports alerts that no rule has.
func (t thresholds) unused(all []string) {
	for _, e := range t.list {
		if *e.used {
			continue
		}
		p := e.bad(CodeAlert, "there is no alert %q", short(e.name))
		if near := nearest(e.name, all); near != "" {
			p.Hint = "did you mean " + near + "?"
		}
	}
}
