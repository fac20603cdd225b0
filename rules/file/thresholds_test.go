package file_test

import (
	"strings"
	"testing"

	"tocsin/rules"
	"tocsin/rules/file"
)

const latencyRules = `
groups:
  - name: g
    rules:
      - alert: Latency
        expr: a
        unit: seconds
        warn: {above: 200ms, clear: 150ms, for: 2m}
        error: {above: 500ms, clear: 400ms}
        overrides:
          - {match: route="/upload", warn: {above: 300ms}}
          - {match: route="/health", error: off}
      - {alert: Band, expr: a, warn: {outside: [1, 5], clear: [2, 4]}}
      - {alert: Low, expr: a, warn: below 5, error: < 2}
`

func loadWith(t *testing.T, thresholdsFile, variable string) (map[string]*rules.Rule, []rules.Problem) {
	t.Helper()
	loaded, problems := file.Load(file.Options{
		Files: file.Memory{
			"tocsin.yaml": "prometheus: http://x\nrule_files: [r.yaml]\nthresholds: t.yaml\nreceivers: [{name: a}]",
			"r.yaml":      latencyRules, "t.yaml": thresholdsFile,
		},
		ConfigFile: "tocsin.yaml",
		Getenv:     lookup(map[string]string{"ALERT_SEVERITY_THRESHOLDS": variable}),
	})
	if loaded == nil {
		return nil, problems
	}
	out := map[string]*rules.Rule{}
	for _, r := range loaded.Core.Rules {
		out[r.Alert] = r
	}
	return out, problems
}

func above(high, clearHigh float64) rules.Threshold {
	return rules.Threshold{Side: rules.Above, High: high, ClearHigh: clearHigh}
}

func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		why, file, variable string
		warn, error         rules.Threshold
	}{
		{"the rule alone", "", "", above(0.2, 0.15), above(0.5, 0.4)},
		{"a number scales clear by the same ratio", "Latency: {warn: 0.4}", "", above(0.4, 0.3), above(0.5, 0.4)},
		{"a number may have its unit", "Latency: {warn: 400ms}", "", above(0.4, 0.3), above(0.5, 0.4)},
		{"what is named is replaced, what is not is kept", "Latency: {error: {above: 600ms}}", "", above(0.2, 0.15), above(0.6, 0.4)},
		{"the variable wins", "Latency: {warn: 0.4}", `{"Latency": {"warn": 0.1}}`, above(0.1, 0.075), above(0.5, 0.4)},
		{"the variable goes over the file", "Latency: {error: {above: 600ms, clear: 300ms}}", `{"Latency": {"error": 1.2}}`, above(0.2, 0.15), above(1.2, 0.6)},
	} {
		rs, problems := loadWith(t, c.file, c.variable)
		if rs == nil {
			t.Errorf("%s: %v", c.why, problems)
			continue
		}
		l := rs["Latency"].Levels
		if !near(l.Warn.Threshold, c.warn) || !near(l.Error.Threshold, c.error) {
			t.Errorf("%s: %+v %+v", c.why, l.Warn.Threshold, l.Error.Threshold)
		}
		if l.Warn.For.Minutes() != 2 {
			t.Errorf("%s: for is %v", c.why, l.Warn.For)
		}
	}
}

func near(a, b rules.Threshold) bool {
	const tiny = 1e-12
	d := func(x, y float64) bool { return x-y < tiny && y-x < tiny }
	return a.Side == b.Side && d(a.High, b.High) && d(a.ClearHigh, b.ClearHigh)
}

// Overrides inherit what the environment moved, and keep what they say.
func TestOverridesInherit(t *testing.T) {
	rs, problems := loadWith(t, "Latency: {error: 600ms}", "")
	noProblems(t, problems)
	upload, health := rs["Latency"].Overrides[0].Levels, rs["Latency"].Overrides[1].Levels
	if !near(upload.Warn.Threshold, above(0.3, 0.15)) || !near(upload.Error.Threshold, above(0.6, 0.48)) {
		t.Errorf("upload: %+v %+v", upload.Warn, upload.Error)
	}
	if upload.Warn.For.Minutes() != 2 {
		t.Errorf("for is not inherited: %v", upload.Warn.For)
	}
	if health.Error != nil || health.Warn == nil {
		t.Errorf("health: %+v", health)
	}
}

func TestShortFormsAndSides(t *testing.T) {
	rs, problems := loadWith(t, "", "")
	noProblems(t, problems)
	if w, e := rs["Low"].Levels.Warn.Threshold, rs["Low"].Levels.Error.Threshold; w.String() != "below 5" || e.String() != "below 2" {
		t.Errorf("low: %s %s", w, e)
	}
	band := rs["Band"].Levels.Warn.Threshold
	if band.String() != "outside 1 to 5" || band.ClearLow != 2 || band.ClearHigh != 4 {
		t.Errorf("band: %+v", band)
	}
}

func TestThresholdsRefuse(t *testing.T) {
	for _, c := range []struct{ why, file, variable, want string }{
		{"an alert that is not there", "Latncy: {warn: 1}", "", "there is no alert"},
		{"an alert that is not there, in the variable", "", `{"Latncy": {"warn": 1}}`, "ALERT_SEVERITY_THRESHOLDS:1:2: there is no alert"},
		{"warn beyond error", "Latency: {warn: 2}", "", "is reached before warn"},
		{"a bare number for two bounds", "Band: {warn: 5}", "", "a bare number"},
		{"no JSON", "", `{"Latency"`, "ALERT_SEVERITY_THRESHOLDS:1:"},
		{"a wrong unit", "Latency: {warn: 5MB}", "", "does not agree with unit"},
		{"a level that is none", "Latency: {critical: 5}", "", `unknown key "critical"`},
		{"both levels off", "Low: {warn: off, error: off}", "", "nothing is left"},
	} {
		rs, problems := loadWith(t, c.file, c.variable)
		if rs != nil {
			t.Errorf("%s: accepted", c.why)
		}
		var all []string
		for _, p := range problems {
			all = append(all, p.Error())
		}
		if !strings.Contains(strings.Join(all, "\n"), c.want) {
			t.Errorf("%s: %q", c.why, all)
		}
	}
}
