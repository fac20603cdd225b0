package backtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/rules/file"
)

// A variant does in the rule and in its overrides what the YAML that is recommended
// would do there; and what doesn't fit would be refused.
func TestVariantsAreWhatIsPasted(t *testing.T) {
	const text = `
groups:
  - name: g
    rules:
      - alert: A
        expr: x
        warn: %s
        error: {%s, clear: %s, for: 1m}
        overrides:
          - {match: '{i="bound"}', warn: {%s}}
          - {match: '{i="for"}', warn: {for: 10m}}
          - {match: '{i="clear"}', warn: {clear: %s}}
          - {match: '{i="off"}', warn: off, error: {for: 2m}}
          - {match: '{i="error"}', error: {for: 3m}}
`
	tests := []struct {
		name  string
		warn  string
		error []any // its bound, its clear, the bound and the clear that overrides have
		other []float64
	}{
		{"above", "{above: 50, clear: 40, for: 5m}", []any{"above: 90", "70", "above: 80", "30"}, []float64{20, 50, 60, 95}},
		{"above without clear", "{above: 50, for: 5m}", []any{"above: 90", "70", "above: 80", "45"}, []float64{20, 50, 60, 95}},
		{"below", "{below: 50, clear: 60, for: 3 of 5}", []any{"below: 10", "30", "below: 20", "70"}, []float64{5, 50, 80}},
		{"outside", "{outside: [40, 60], for: 5m}", []any{"outside: [10, 90]", "[15, 85]", "outside: [20, 80]", "[45, 55]"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			load := func(warn string) *rules.Config {
				text := fmt.Sprintf(text, append([]any{warn}, tt.error...)...)
				l, _ := file.Load(file.Options{Files: file.Memory{"r.yaml": text}, Rules: []string{"r.yaml"}, Mute: true})
				if l == nil {
					return nil
				}
				return l.Core
			}
			cfg := load(tt.warn)
			if cfg == nil {
				t.Fatal("the rule can't be loaded")
			}
			rule := cfg.Rules[0]
			now := VariantOf(rule, rules.Warn)
			fit, refused := 0, 0
			for _, v := range variations(now, tt.other) {
				one := vary(cfg, rule, rules.Warn, v).Rules[0]
				pasted := load(file.WriteLevel(*one.Levels.Warn, rule.Unit))
				if Fits(rule, rules.Warn, v) != (pasted != nil) {
					t.Errorf("%+v fits: %t", v, pasted == nil)
				}
				if pasted == nil {
					refused++
					continue
				}
				fit++
				if got, want := levelsOf(one), levelsOf(pasted.Rules[0]); got != want {
					t.Errorf("%+v:\n%s\nwant\n%s", v, got, want)
				}
			}
			if fit < 5 || refused == 0 {
				t.Errorf("%d fit, %d do not", fit, refused)
			}
		})
	}
}

// variations are some choices, sensible or not.
func variations(now Variant, other []float64) (all []Variant) {
	bounds := []rules.Threshold{now.Threshold}
	for _, v := range other {
		if now.Threshold.Side == rules.Below {
			bounds = append(bounds, rules.Threshold{Side: rules.Below, Low: v})
		} else {
			bounds = append(bounds, rules.Threshold{Side: rules.Above, High: v})
		}
	}
	for _, b := range bounds {
		for _, gap := range []float64{0, 0.1, 0.3, 0.9} {
			for _, d := range []Variant{now, {}, {For: 7 * time.Minute}} {
				all = append(all, d.with(Gap(b, gap)))
			}
		}
	}
	return all
}

func levelsOf(r *rules.Rule) string {
	var b strings.Builder
	write := func(l *rules.LevelRule) {
		if l != nil {
			fmt.Fprint(&b, file.WriteLevel(*l, r.Unit))
		}
		b.WriteString(" ")
	}
	write(r.Levels.Warn)
	write(r.Levels.Error)
	for _, o := range r.Overrides {
		fmt.Fprint(&b, "\n", o.Match, " ")
		write(o.Levels.Warn)
		write(o.Levels.Error)
	}
	return b.String()
}
