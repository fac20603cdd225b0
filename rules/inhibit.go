package rules

import (
	amlabels "github.com/prometheus/alertmanager/pkg/labels"
)

// An InhibitRule keeps alerts that match Target from being told while one fires
// that matches Source and has equal values of the labels in Equal; a label that
// is missing counts as empty. What matches both sides is not held by its like.
type InhibitRule struct {
	Name   string // as people know it; made up if the file says none
	Source amlabels.Matchers
	Target amlabels.Matchers
	Equal  []string // sorted
}
