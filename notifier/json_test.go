package notifier

import (
	"testing"

	"tocsin/internal/jsontest"
)

func TestAppendJSON(t *testing.T) {
	jsontest.Same[Entry](t)
	jsontest.Same[ref](t)
	jsontest.Same[toldRow](t)
	jsontest.Same[Decision](t)
	jsontest.Same[brief](t)
	jsontest.Same[flightRow](t)
}
