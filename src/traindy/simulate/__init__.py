"""A shop whose truth is known, calibrated to H&M's published statistics.

    theta_u     ~ Dirichlet(a * mean taste of u's segment)        taste of customer u over styles
    a_i(t)      = base_i * life((t - launch_i) / length_i) * season_style(t)       appeal of article i
    days of u   : lognormal number, lognormal gaps, warped to the year's and the week's rhythm
    basket      : a style from theta_u, often the style of the last basket; its first article from the
                  style's articles in proportion to their appeal; each further one from the same product
                  line, or a new draw from theta_u, or the same article once more (a second unit)
    repeats     : some rows are replaced by an article that the customer bought on an earlier day

So an article's expected purchases by a customer are theta_u[style_i] times its share of its style's appeal.
A segment is a function of age and engagement, and shows in nothing but the metadata.
"""
