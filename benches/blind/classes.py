"""Materials of county.py and county_b.py as land-cover classes of tuban (values of landcover_*.tif); 255 says nothing."""
import json
import numpy as np

SPARSE, SOIL, WATER, BUILDING, HARD, GREENHOUSE, PHOTOVOLTAIC, EARTHWORK, EXCAVATION, RUBBLE, NET, CROP, WOODLAND, ROAD = range(2, 16)
CLASS_OF = {
    **dict.fromkeys(["crop_green", "crop_sparse", "flowering"], CROP),
    **dict.fromkeys(["crop_senescent", "crop_ripe", "stubble", "straw_residue", "burnt_residue", "weedy_fallow"], SPARSE),
    **dict.fromkeys(["ploughed_dry", "ploughed_wet", "plastic_mulch", "sand_bank", "mud", "earth_track"], SOIL),
    **dict.fromkeys(["flooded_paddy", "water_clear", "water_turbid", "water_algae"], WATER),
    **dict.fromkeys(["roof_red_tile", "roof_grey_tile", "roof_concrete", "roof_blue_steel", "roof_white", "roof_dark", "roof_red_steel"], BUILDING),
    **dict.fromkeys(["concrete_old", "concrete_new", "yard_earth", "village_ground", "drying_square", "drying_grain", "gravel", "foundation",
                     "wood_pile", "paved_court"], HARD),
    **dict.fromkeys(["greenhouse_film", "greenhouse_net", "greenhouse_frame"], GREENHOUSE),
    **dict.fromkeys(["pv_panel", "pv_ground"], PHOTOVOLTAIC),
    **dict.fromkeys(["bare_site", "moved_earth", "moved_earth_red", "moved_earth_grey", "compacted_track", "earth_heap"], EARTHWORK),
    **dict.fromkeys(["pit_floor", "pit_wall", "pit_water"], EXCAVATION),
    "rubble": RUBBLE,
    "dust_net": NET,
    **dict.fromkeys(["balk_grass", "orchard", "forest_broadleaf", "forest_conifer", "trees", "grass", "yard_garden", "logged_scrub"], WOODLAND),
    **dict.fromkeys(["asphalt_old", "asphalt_new"], ROAD),
    # county_b.py; roofs, roads and crops by the beginning of their names
    **dict.fromkeys(["weeds_on_earthwork", "earthwork_soil"], EARTHWORK),
    **dict.fromkeys(["fallow_weeds", "straw", "burnt"], SPARSE),
    **dict.fromkeys(["soil_ploughed_dry", "soil_ploughed_wet", "soil_harrowed_dry", "mulch_black", "mulch_clear", "dirt_track", "sandbar",
                     "pond_drained", "bare_lot", "bare_demolished"], SOIL),
    **dict.fromkeys(["paddy_flooded", "pond", "pond_algae", "river"], WATER),
    **dict.fromkeys(["yard_concrete", "stockpile", "sports", "grain", "site_material", "road_gravel", "road_new_gravel"], HARD),
    **dict.fromkeys(["gh_gap", "gh_wall", "greenhouse_open"], GREENHOUSE),
    "pv_panels": PHOTOVOLTAIC,
    "green_net": NET,
    **dict.fromkeys(["bund", "forest", "logged", "tree", "tree_belt", "lawn"], WOODLAND),
}
BEGINNING = {"roof_": BUILDING, "road_": ROAD, "crop_": CROP, "ripe_": SPARSE}


def class_of(name):
    """Class of a material, 255 for what has none."""
    begins = (c for beginning, c in BEGINNING.items() if name.startswith(beginning))
    return CLASS_OF.get(name, next(begins, 255))


def table(county):
    """Class per material id of a county."""
    out = np.full(256, 255, np.uint8)
    with open(f"{county}/material_legend.json") as f:
        for number, name in json.load(f).items():
            out[int(number)] = class_of(name)
    return out
