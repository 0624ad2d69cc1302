/** Steps that see to what is no host of the inventory, for a picture of what became of it. */
export const storeSteps = {
  database: ['create-databases'],
  sharedStorage: ['share-directories', 'check-shared-directories'],
} as const;
