package evaluator

import (
	"testing"

	"tocsin/internal/jsontest"
)

func TestAppendJSON(t *testing.T) {
	jsontest.Same[Alert](t)
	jsontest.Same[Change](t)
	jsontest.Same[stateRow](t)
	jsontest.Same[trackRow](t)
}
