package file_test

import (
	"testing"

	"tocsin/rules/file"
	"tocsin/rules/starter"
)

// The starter rules are what people see first: they load without a single
// complaint.
func TestStarterRules(t *testing.T) {
	files := file.Memory{"starter.yaml": string(starter.Rules)}
	rs, problems := file.LoadRules(files, []string{"starter.yaml"}, file.Defaults{})
	for _, p := range problems {
		t.Errorf("%v", p)
	}
	if len(rs) != 7 {
		t.Errorf("%d rules, not 7", len(rs))
	}
	for _, r := range rs {
		if r.Levels.Warn == nil || r.Levels.Error == nil {
			t.Errorf("%s: lacks a level", r.Key)
		}
	}
}
