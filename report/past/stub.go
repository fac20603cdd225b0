package past

import "tocsin/backtest"

func html(*backtest.Result, Options) (string, error)               { return "", nil }
func htmlDifference(*backtest.Difference, Options) (string, error) { return "", nil }
