#!/usr/bin/env python3
"""score_claims.py COUNTY RUN [--list FILE.csv]: verdicts in RUN/parcels.gpkg against COUNTY/truth.gpkg, as JSON.

Several counties: give pairs, COUNTY RUN COUNTY RUN ...; they are pooled.
"""
import argparse, csv, json, sys
import geopandas as gpd
import pandas as pd

ADVERSE = ('false_demolition', 'partial_demolition', 'demolished_not_restored', 'concealed')
FOUND = ('false_demolition', 'partial_demolition', 'concealed')
FP = ('false_demolition', 'partial_demolition')


def load(county, run):
    t = pd.DataFrame(gpd.read_file(f'{county}/truth.gpkg', layer='patches').drop(columns='geometry'))
    g = pd.DataFrame(gpd.read_file(f'{run}/parcels.gpkg', layer='patches').drop(columns='geometry', errors='ignore'))
    keep = [c for c in ('row', 'verdict', 'confidence', 'state_after', 'claim', 'reasons', 'changed_percent', 'built_before_percent', 'built_after_percent', 'vegetated_after_percent', 'valid_percent') if c in g]
    for need in ('row', 'verdict'):
        if need not in keep:
            sys.exit(f'{run}/parcels.gpkg layer patches has no column {need}')
    if g['row'].duplicated().any():
        sys.exit(f'{run}/parcels.gpkg: column row is not unique')
    lo = int(g['row'].min()) if len(g) else 0
    base = 0
    if lo == 1 and int(g['row'].max()) == len(t):       # counted from one
        base = 1
        print(f'note: {run} counts rows from 1', file=sys.stderr)
    g = g[keep].rename(columns={'claim': 'claim_read', 'verdict': 'given'})
    g['row'] = g['row'].astype(int) - base
    d = t.merge(g, on='row', how='left')
    d['given'] = d['given'].fillna('missing')
    d['also_ok'] = d['also_ok'].fillna('')
    d['county'] = county
    d['extra'] = len(g) - g['row'].isin(t['row']).sum()
    for c in ('confidence', 'state_after', 'claim_read', 'reasons'):
        if c not in d:
            d[c] = None
    return d


def pct(a, b):
    return None if not b else round(float(a) / float(b), 4)


def score(d):
    ok = [g == e or g in a.split(',') for g, e, a in zip(d.given, d.expected_verdict, d.also_ok)]
    d['ok'] = ok
    o = {'patches': len(d), 'missing': int((d.given == 'missing').sum()), 'extra': int(d.groupby('county')['extra'].first().sum())}
    o['claim_read_right'] = pct((d.claim_read == d.claim).sum(), len(d)) if d.claim_read.notna().any() else None
    o['accuracy'] = pct(d.ok.sum(), len(d))
    o['accuracy_strict'] = pct((d.given == d.expected_verdict).sum(), len(d))
    q = d[d.expected_verdict.isin(FOUND)]
    strict = q.given == q.expected_verdict
    loose = strict | (q.expected_verdict.isin(FP) & q.given.isin(FP))
    o['found'] = {'n': len(q), 'strict': pct(strict.sum(), len(q)), 'loose': pct(loose.sum(), len(q)), 'any_adverse': pct(q.given.isin(ADVERSE).sum(), len(q)),
                  'or_cannot_judge': pct((loose | (q.given == 'cannot_judge')).sum(), len(q))}
    o['found_by_verdict'] = {}
    for v in ADVERSE:
        e = d[d.expected_verdict == v]
        if len(e):
            l = (e.given == v) | (e.given.isin(FP) if v in FP else False)
            o['found_by_verdict'][v] = {'n': len(e), 'strict': pct((e.given == v).sum(), len(e)), 'loose': pct(l.sum(), len(e)), 'any_adverse': pct(e.given.isin(ADVERSE).sum(), len(e))}
    i = d[d.innocent == 1]
    acc = i.given.isin(ADVERSE)
    o['innocent'] = {'n': len(i), 'accused': int(acc.sum()), 'share': pct(acc.sum(), len(i)), 'cannot_judge_beyond_expected': pct(((i.given == 'cannot_judge') & ~i.ok).sum(), len(i))}
    j = d[d.expected_verdict != 'cannot_judge']
    o['cannot_judge_share_where_judgeable'] = pct((j.given == 'cannot_judge').sum(), len(j))
    adv = d[d.given.isin(ADVERSE)]
    o['adverse_precision'] = {'n': len(adv), 'guilty': pct((adv.innocent == 0).sum(), len(adv)), 'right': pct(adv.ok.sum(), len(adv))}
    o['confusion'] = {e: g.given.value_counts().to_dict() for e, g in d.groupby('expected_verdict')}
    o['by_claim'] = {c: {'n': len(g), 'right': pct(g.ok.sum(), len(g))} for c, g in d.groupby('claim')}
    rows = []
    for (c, t), g in d.groupby(['claim', 'trick']):
        rows.append({'claim': c, 'trick': t, 'n': len(g), 'right': pct(g.ok.sum(), len(g)), 'innocent': int(g.innocent.sum()), 'innocent_accused': int((g.given.isin(ADVERSE) & (g.innocent == 1)).sum()),
                     'given': g.given.value_counts().to_dict()})
    o['by_trick'] = sorted(rows, key=lambda r: (r['right'], -r['n']))
    s = d[d.expected_state.notna() & (d.expected_state != 'unknown') & d.state_after.notna() & d.claim.isin(['demolished', 'restored'])]
    o['state_right_demolition_claims'] = {'n': len(s), 'share': pct((s.state_after == s.expected_state).sum(), len(s))}
    o['reliability'] = []
    k = d[~d.given.isin(['cannot_judge', 'missing']) & d.confidence.notna()]
    for lo, hi in ((0, .5), (.5, .6), (.6, .7), (.7, .8), (.8, .9), (.9, 1.0001)):
        b = k[(k.confidence >= lo) & (k.confidence < hi)]
        if len(b) or lo >= .5:
            o['reliability'].append({'bin': f'{lo:g}-{min(hi, 1):g}', 'n': len(b), 'mean_confidence': None if not len(b) else round(float(b.confidence.mean()), 3), 'right': pct(b.ok.sum(), len(b))})
    return o


ap = argparse.ArgumentParser()
ap.add_argument('pairs', nargs='+', metavar='COUNTY RUN')
ap.add_argument('--list', help='CSV of every wrong patch')
a = ap.parse_args()
if len(a.pairs) % 2:
    ap.error('give COUNTY RUN pairs')
D = pd.concat([load(a.pairs[i], a.pairs[i + 1]) for i in range(0, len(a.pairs), 2)], ignore_index=True)
print(json.dumps(score(D), ensure_ascii=False, indent=1))
if a.list:
    cols = ['county', 'row', 'patch_id', 'trick', 'detail', 'claim', 'claim_read', 'expected_verdict', 'also_ok', 'given', 'confidence', 'innocent', 'expected_state', 'state_after', 'remaining', 'vegetated', 'built_before', 'cloud',
            'changed_percent', 'built_before_percent', 'built_after_percent', 'vegetated_after_percent', 'valid_percent', 'reasons']
    w = D[~D.ok]
    w[[c for c in cols if c in w]].to_csv(a.list, index=False, quoting=csv.QUOTE_MINIMAL, encoding='utf-8-sig')
