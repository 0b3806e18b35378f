"""The user purchase history (UPH): a sparse customers x articles matrix of 1 and 0."""

# "x as x" hands a name on; __all__ would hide the modules from the API's pages.
from traindy.uph.matrix import UPH as UPH
from traindy.uph.matrix import empty as empty
from traindy.uph.matrix import load as load
from traindy.uph.matrix import merge as merge
from traindy.uph.matrix import save as save
from traindy.uph.matrix import stack as stack
